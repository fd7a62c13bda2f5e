"""Values for the schemas of any document: what answers where no handler does."""

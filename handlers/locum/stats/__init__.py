"""Statistics over columns in memory: exact percentiles and sums, facets, scores."""

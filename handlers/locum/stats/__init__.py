"""Statistics over plain lists of numbers, as the vendors' databases compute them."""

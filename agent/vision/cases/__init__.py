"""Many codes in one picture: the open case, each code in its row and column."""

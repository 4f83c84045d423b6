"""What else the eye can tell of a pack: printed text, place and skew, second code."""

"""Decoder libraries behind one shape: a grey picture in, `Decoded` out."""

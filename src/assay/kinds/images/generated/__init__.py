"""Whole-image generation: how a picture that no camera took is told by what decoders leave in it."""

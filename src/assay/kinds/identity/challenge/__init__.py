"""The active challenge: what is asked of the person before the camera, and whether the frames answer it."""

"""Learning to tell blended faces: crops of real faces, self-blended images made of them, the network and its training."""

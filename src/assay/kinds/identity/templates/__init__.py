"""Templates: is this the face of another customer? Compared are only the faces that were handed in here, for onboarding."""

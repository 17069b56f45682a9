"""A head written by formula, and sessions of people and attacks before a simulated camera: what the challenge is tested on and
measured with where no pictures of people may be used."""

"""Identity papers: the zone for machines, the one for people, the code on a driver licence, and the portraits."""

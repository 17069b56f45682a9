"""Trips: was this journey driven, by this vehicle, where and when its record says? Satellites are held against inertia."""

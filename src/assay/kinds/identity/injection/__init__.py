"""Was a picture fed in behind the camera's back? What a sensor, a browser and a clock cannot have done together."""

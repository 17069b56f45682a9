"""How open a phone is: versions known to be exploited, settings that open it, apps that hold more power than they should."""

"""The cloud behind vehicles: logins, pairings, remote commands, updates, charging, fuelling, tolls; and whether the vehicle was there."""

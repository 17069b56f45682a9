"""The page `/verify/<token>`: what a person without an account sees who is to prove who they are."""

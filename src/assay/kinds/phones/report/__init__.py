"""Device-health reports: what was found on a phone, with what coverage, as a signed statement that a payment's policy can act on."""

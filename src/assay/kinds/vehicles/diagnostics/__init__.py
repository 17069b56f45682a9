"""What testers ask of a car's computers and what these answer: transport (ISO-TP, J1939), services (UDS), values (OBD-II)."""

"""Outside formats as rows of the room's evidence: Zeek, Suricata, NetFlow tables, captures."""

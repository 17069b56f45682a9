"""What stands in a road message, bit by bit: SAE J2735, ETSI CAM and DENM, and the envelope that signs them."""

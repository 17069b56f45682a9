"""Presentation attacks: is the face before the camera flesh, or paper, or a screen? (ISO/IEC 30107; passive, one picture.)"""

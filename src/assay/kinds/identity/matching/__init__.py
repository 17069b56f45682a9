"""Matching: is the face of the selfie that of the document's portrait, of the picture on file, of the challenge's frames?"""

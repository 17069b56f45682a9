"""What several rooms need of faces and pictures: finding faces, their landmarks and pose, aligned crops, how good a view
is, and running the shipped networks on pixels. Pictures are uint8 arrays (height, width, 3) in RGB; nothing here reads
files or knows of evidence.
"""

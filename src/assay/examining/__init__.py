"""One piece of evidence on its way to a policy: its parts, what can be worked out before its turn, in processes of their own,
and what is known of it once its turn came.
"""

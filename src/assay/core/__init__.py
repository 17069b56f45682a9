"""The words of Assay as types. Everything else imports these; they import nothing of ours."""

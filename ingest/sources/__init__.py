"""Where departments keep their files when they do not drop them: SFTP, S3-compatible stores, HTTP APIs."""

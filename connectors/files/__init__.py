"""What exchanging files through folders of another host means, whatever protocol lists, reads and writes them.

Not a connector: `connectors.sftp` and `connectors.ftps` open the sessions, this package decides when a file is complete, what
its name may do, when it may be removed, and what proves that a file was delivered.
"""

"""The first bytes by which workbooks are known."""

# xlsx, xlsm, ods
ZIP = b"PK\x03\x04"
# xls, and any other file of OLE
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

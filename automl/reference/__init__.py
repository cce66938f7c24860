"""What a model has been fitted on, kept for comparison: rows with their out-of-fold output, digests of all rows."""

from automl.reference.reference import Reference as Reference
from automl.reference.row_digests import RowDigests as RowDigests
from automl.reference.row_digests import digest_rows as digest_rows

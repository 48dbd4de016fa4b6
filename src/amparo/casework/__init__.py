"""What officers do: one function a use case, one transaction, one ledger entry."""

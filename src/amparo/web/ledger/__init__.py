"""The ledger, for auditors: who did what, who consulted what and why, and the proof of each act."""

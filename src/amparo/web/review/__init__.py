"""The reviewer's place: the one file worth a look now and why, decided by keys; what two decided; leads; the order."""

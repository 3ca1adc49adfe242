package store

// freeBytes is not told here; a full disk shows when it is written to.
func freeBytes(string) (int64, bool) { return 0, false }

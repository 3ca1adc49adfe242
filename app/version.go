package app

// Version is the program's version; ledgers and exported models carry it.
const Version = "0.1.0"

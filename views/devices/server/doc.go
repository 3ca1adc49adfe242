// Package server shows the study's sync server: a switch, the pairing code, the
// paired devices, the published models and the inbox of received sessions. It
// holds no truth: what it shows is read from the workbench, what a person wants
// is told to it.
package server

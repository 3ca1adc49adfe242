//go:build !linux

package main

import "errors"

func forget(string) error { return errors.New("this system can't") }

func peak() string { return "unknown" }

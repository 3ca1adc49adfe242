//go:build !windows

package dataset

import (
	"errors"
	"syscall"
)

func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isReadOnlyPlace(err error) bool { return errors.Is(err, syscall.EROFS) }

package server

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/BurntSushi/toml"

	"onset/devices/sync/archive"
	"onset/devices/sync/delivery"
)

// SettingsFile is the file of a store with the server's settings.
const SettingsFile = "server.toml"

//go:embed server.toml
var exampleSettings []byte

// Settings are what an owner may change. Lengths are in bytes, rates in requests
// a second.
type Settings struct {
	Name    string `toml:"name"`
	Listen  string `toml:"listen"`
	Ops     string `toml:"ops"` // metrics and profiles, on loopback only
	Address string `toml:"address"`
	Mdns    bool   `toml:"mdns"`

	QuotaBytes    int64    `toml:"quota_bytes"`
	ReserveBytes  int64    `toml:"reserve_bytes"`
	SessionBytes  int64    `toml:"session_bytes"`
	ExpandedBytes int64    `toml:"expanded_bytes"`
	SessionFiles  int      `toml:"session_files"`
	WholeBytes    int64    `toml:"whole_bytes"`
	PartialTTL    duration `toml:"partial_ttl"`
	Retention     duration `toml:"retention"`

	PollSeconds   int     `toml:"poll_seconds"`
	TicketsPerDay int     `toml:"tickets_per_day"`
	DeviceRate    float64 `toml:"device_rate"`
	DeviceBurst   int     `toml:"device_burst"`
	AddressRate   float64 `toml:"address_rate"`
	AddressBurst  int     `toml:"address_burst"`
	PairRate      float64 `toml:"pair_rate"`
	PairBurst     int     `toml:"pair_burst"`
	Connections   int     `toml:"connections"`
	PerAddress    int     `toml:"connections_per_address"`

	HeaderTimeout duration `toml:"header_timeout"`
	StallTimeout  duration `toml:"stall_timeout"`
	FloorRate     int64    `toml:"floor_bytes_per_second"`

	HaltShare float64 `toml:"halt_share"`
	HaltBad   int     `toml:"halt_bad"`
	GoOn      int     `toml:"go_on"`
}

type duration struct{ time.Duration }

func (d *duration) UnmarshalText(text []byte) (err error) {
	d.Duration, err = time.ParseDuration(string(text))
	return err
}

// DefaultSettings are those of the file that a new store gets.
func DefaultSettings() Settings {
	var s Settings
	if err := toml.Unmarshal(exampleSettings, &s); err != nil {
		panic("server.toml: " + err.Error()) // it is part of the program
	}
	return s
}

// LoadSettings reads a store's settings; what the file leaves out keeps its
// default, what it misspells is an error.
func LoadSettings(dir string) (Settings, error) {
	s := DefaultSettings()
	text, err := os.ReadFile(filepath.Join(dir, SettingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading the server's settings: %w", err)
	}
	meta, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&s)
	if err != nil {
		return s, fmt.Errorf("reading %s: %w", SettingsFile, err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return s, fmt.Errorf("reading %s: it knows no %q", SettingsFile, extra[0].String())
	}
	return s, s.check()
}

func (s Settings) check() error {
	for name, n := range map[string]int64{"session_bytes": s.SessionBytes, "expanded_bytes": s.ExpandedBytes, "whole_bytes": s.WholeBytes,
		"session_files": int64(s.SessionFiles), "tickets_per_day": int64(s.TicketsPerDay), "device_burst": int64(s.DeviceBurst),
		"address_burst": int64(s.AddressBurst), "pair_burst": int64(s.PairBurst), "connections": int64(s.Connections),
		"connections_per_address": int64(s.PerAddress), "header_timeout": int64(s.HeaderTimeout.Duration), "stall_timeout": int64(s.StallTimeout.Duration),
		"poll_seconds": int64(s.PollSeconds), "halt_bad": int64(s.HaltBad)} {
		if n < 1 {
			return fmt.Errorf("reading %s: %s must be at least 1", SettingsFile, name)
		}
	}
	return nil
}

func (s Settings) limits() archive.Limits {
	l := archive.DefaultLimits()
	l.Expanded, l.Files = s.ExpandedBytes, s.SessionFiles
	return l
}

// Rules are how staged releases go on and back.
func (s Settings) Rules() delivery.Rules {
	return delivery.Rules{HaltShare: s.HaltShare, HaltBad: s.HaltBad, GoOn: s.GoOn}
}

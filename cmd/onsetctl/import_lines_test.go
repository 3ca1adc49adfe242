package main

import (
	"strings"
	"testing"

	"onset/dataset"
	"onset/dataset/codec"
)

func TestManyGapsAreOneLine(t *testing.T) {
	var findings []codec.Finding
	for i := range 138 {
		findings = append(findings, codec.Finding{Kind: dataset.FindingGap, AtS: float64(i), LengthS: 0.01 + float64(i%50)/1000, Message: "gap"})
	}
	findings = append(findings, codec.Finding{Kind: dataset.FindingClock, Message: "True rate"})
	lines := findingLines(findings, false)
	if len(lines) != 2 || !strings.Contains(lines[0], "138 gaps") || !strings.Contains(lines[0], "the longest of 0.06 s at 49.00 s") {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	if all := findingLines(findings, true); len(all) != 139 {
		t.Errorf("verbose tells %d lines", len(all))
	}
}

package theme

import (
	"image/color"
	"math"
)

func rgb(v uint32) color.NRGBA { return rgba(v, 0xff) }

func rgba(v uint32, alpha uint8) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: alpha}
}

func nrgba(c color.Color) color.NRGBA {
	if n, ok := c.(color.NRGBA); ok {
		return n
	}
	return color.NRGBAModel.Convert(c).(color.NRGBA)
}

// Fade is c with its opacity multiplied by alpha, 0..1.
func Fade(c color.NRGBA, alpha float64) color.NRGBA {
	c.A = uint8(math.Round(float64(c.A) * min(max(alpha, 0), 1)))
	return c
}

// Blend is the opaque mix of a and b; t = 0 gives a, 1 gives b.
func Blend(a, b color.NRGBA, t float64) color.NRGBA {
	mix := func(x, y uint8) uint8 {
		return uint8(math.Round(float64(x) + (float64(y)-float64(x))*t))
	}
	return color.NRGBA{R: mix(a.R, b.R), G: mix(a.G, b.G), B: mix(a.B, b.B), A: 0xff}
}

// Luminance is the relative luminance of WCAG 2, 0..1; opacity is not looked at.
func Luminance(c color.NRGBA) float64 {
	channel := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(c.R) + 0.7152*channel(c.G) + 0.0722*channel(c.B)
}

// Contrast is the contrast ratio of WCAG 2 between two opaque colours, 1..21.
// Text of normal size needs 4.5 (level AA).
func Contrast(a, b color.NRGBA) float64 {
	l, m := Luminance(a), Luminance(b)
	return (max(l, m) + 0.05) / (min(l, m) + 0.05)
}

// On is the near-black or white that reads better on a ground.
func On(ground color.NRGBA) color.NRGBA {
	ink, white := rgb(0x0f141a), rgb(0xffffff)
	if Contrast(ground, ink) >= Contrast(ground, white) {
		return ink
	}
	return white
}

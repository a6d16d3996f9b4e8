package home

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// leastContrast is that of text on its ground (WCAG 2.2, 1.4.3).
const leastContrast = 4.5

// The grounds of tokens.css on which links stand, and what stands on a button.
var (
	lightGrounds = []string{"#fbf9f5", "#ffffff", "#f3eee4", "#fff0c7", "#fbebe8", "#e6f1e9"}
	darkGrounds  = []string{"#171b1d", "#1f2528", "#22282b", "#3d3110", "#3b2220", "#1e3326"}
	onLight      = "#ffffff"
	onDark       = "#0c2226"
)

type colour [3]float64 // red, green and blue, each from 0 to 1

var hexColour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func parseColour(written string) (colour, bool) {
	if !hexColour.MatchString(written) {
		return colour{}, false
	}
	n, err := strconv.ParseUint(written[1:], 16, 32)
	return colour{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, err == nil
}

func mustColour(written string) colour {
	c, ok := parseColour(written)
	if !ok {
		panic("no colour: " + written) // a constant of ours
	}
	return c
}

func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0]*255)), int(math.Round(c[1]*255)), int(math.Round(c[2]*255)))
}

// mix returns c with a part of other in it.
func (c colour) mix(other colour, part float64) colour {
	for i := range c {
		c[i] = c[i]*(1-part) + other[i]*part
	}
	return mustColour(c.String()) // as it will be written
}

func (c colour) luminance() float64 {
	for i, part := range c {
		if part <= 0.04045 {
			c[i] = part / 12.92
		} else {
			c[i] = math.Pow((part+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}

func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// worst is the least contrast that c has with any of these.
func (c colour) worst(grounds ...string) float64 {
	least := math.Inf(1)
	for _, ground := range grounds {
		least = min(least, contrast(c, mustColour(ground)))
	}
	return least
}

// Theme makes the style sheet that gives pages one main colour, in the light and in the dark scheme. A colour on
// which text cannot be read, or that cannot be read as text, is an error that says what would be better.
func Theme(written string) (sheet string, err error) {
	main, ok := parseColour(written)
	if !ok {
		return "", fmt.Errorf("%q is no colour: write a # and six digits or letters from a to f, such as #0a5a66", written)
	}
	black, white := colour{}, colour{1, 1, 1}
	paper := main.mix(mustColour(lightGrounds[0]), 0.9)
	if is := main.worst(append(lightGrounds, onLight, paper.String())...); is < leastContrast {
		better := main
		for better.worst(append(lightGrounds, onLight, better.mix(mustColour(lightGrounds[0]), 0.9).String())...) < leastContrast {
			better = better.mix(black, 0.05)
		}
		return "", fmt.Errorf("%s is too light: white text on it, and links of it on the page, have a contrast of %.1f to 1, and %.1f is needed. "+
			"Choose a darker colour, such as %s", written, math.Floor(is*10)/10, leastContrast, better)
	}
	dark := main // the same colour, as light as the dark scheme needs
	darkPaper := func() colour { return dark.mix(mustColour(darkGrounds[0]), 0.8) }
	for dark.worst(append(darkGrounds, onDark, darkPaper().String())...) < leastContrast+1 {
		dark = dark.mix(white, 0.05)
	}
	rules := func(c, strong, paper colour, on string) string {
		return fmt.Sprintf(":root{--sw-canal:%s;--sw-canal-dark:%s;--sw-canal-paper:%s;--sw-on-canal:%s}", c, strong, paper, on)
	}
	return rules(main, main.mix(black, 0.3), paper, onLight) +
		"@media screen and (prefers-color-scheme:dark){" + rules(dark, dark.mix(white, 0.4), darkPaper(), onDark) + "}\n", nil
}

package home

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"slices"
	"strings"
)

// What a logo may be. MaxLogoBytes goes over the line with a first visit.
const (
	MaxLogoBytes = 200 << 10
	maxLogoSide  = 2000 // dots of a PNG
	maxLogoParts = 5000 // elements of an SVG
	maxLogoDepth = 50   // of them in each other
	maxLogoUses  = 20   // that draw others once more, and those again others
)

// drawn are the elements of an SVG that draw and do nothing else.
var drawn = []string{
	"svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title", "desc", "defs", "linearGradient",
	"radialGradient", "stop", "clipPath", "mask", "use", "symbol", "text", "tspan", "metadata",
}

// Logo checks a picture that stands on every page, and returns its media type: an SVG or a PNG, by its content.
func Logo(content []byte) (kind string, err error) {
	switch {
	case len(content) > MaxLogoBytes:
		return "", fmt.Errorf("it has %d KB, and at most %d KB may be sent with every page", len(content)>>10, MaxLogoBytes>>10)
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png", checkPNG(content)
	case bytes.Contains(content[:min(len(content), 1000)], []byte("<svg")):
		return "image/svg+xml", checkSVG(content)
	}
	return "", errors.New("it is neither an SVG nor a PNG")
}

func checkPNG(content []byte) error {
	size, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("it is a PNG that cannot be read: %w", err)
	}
	if size.Width > maxLogoSide || size.Height > maxLogoSide {
		return fmt.Errorf("it is %d by %d dots, and may have %d either way", size.Width, size.Height, maxLogoSide)
	}
	if _, err := png.Decode(bytes.NewReader(content)); err != nil {
		return fmt.Errorf("it is a PNG that cannot be read: %w", err)
	}
	return nil
}

// checkSVG lets through what only draws: nothing that runs, moves, or asks something of another place.
func checkSVG(content []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(content))
	parts, depth, uses := 0, 0, 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && parts > 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("it is an SVG that cannot be read: %w", err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return errors.New("it has a document type, which a drawing does not need: save it as plain SVG")
		case xml.EndElement:
			depth--
		case xml.StartElement:
			if t.Name.Local == "use" {
				uses++
			}
			if parts, depth = parts+1, depth+1; parts > maxLogoParts || depth > maxLogoDepth || uses > maxLogoUses {
				return errors.New("it has too many parts: save it in a simpler way")
			}
			if parts == 1 && t.Name.Local != "svg" {
				return errors.New("it is no SVG")
			}
			if err := checkElement(t, depth); err != nil {
				return err
			}
		}
	}
}

func checkElement(t xml.StartElement, depth int) error {
	ours := t.Name.Space == "" || t.Name.Space == "http://www.w3.org/2000/svg"
	if ours && !slices.Contains(drawn, t.Name.Local) || !ours && depth <= 1 {
		return fmt.Errorf("it has a part <%s>, and may only draw: save it as plain SVG", t.Name.Local)
	}
	for _, a := range t.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.ToLower(a.Value)
		elsewhere := strings.Contains(value, "url(") && !strings.HasPrefix(strings.TrimLeft(value[strings.Index(value, "url(")+4:], `"' `), "#")
		switch {
		case strings.HasPrefix(name, "on"), name == "href" && !strings.HasPrefix(value, "#"), name == "src", elsewhere,
			strings.Contains(value, "javascript:"), strings.Contains(value, "@import"), strings.Count(value, "url(") > 1:
			return fmt.Errorf("it has %s=%.20q, and may neither run nor fetch anything: save it as plain SVG", a.Name.Local, a.Value)
		}
	}
	return nil
}

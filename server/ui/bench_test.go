package ui

import (
	"io"
	"testing"
)

func BenchmarkRegistrationPage(b *testing.B) {
	g := galleryPages()["mistakes"]
	ctx := reader(g.request)
	for b.Loop() {
		if err := g.page.Render(ctx, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

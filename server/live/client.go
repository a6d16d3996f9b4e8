package live

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/fault"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/protocol"
	"samenwijk/server/collab"
)

// subprotocols are those that a client may ask for, best first.
var subprotocols = []string{protocol.SubprotocolPieces, protocol.Subprotocol, protocol.SubprotocolPlain}

// clientOf reads what a client says of itself before the connection opens: which subprotocols it speaks,
// and in the address
//
//	model   the version of the document's model that it speaks
//	epoch   of what it has, absent when it has nothing
//	vector  the state vector of what it has, in base64url without padding
//
// What is absent or cannot be read is not named.
func clientOf(c *fiber.Ctx) collab.Client {
	asked := listed(c.Get(fiber.HeaderSecWebSocketProtocol))
	pieces := slices.Contains(asked, protocol.SubprotocolPieces)
	client := collab.Client{Pieces: pieces, Acks: pieces || slices.Contains(asked, protocol.Subprotocol)}
	if model, err := strconv.ParseInt(c.Query("model"), 10, 64); err == nil && model > 0 {
		client.Model = model
	}
	vector, err := base64.RawURLEncoding.DecodeString(c.Query("vector"))
	if err != nil || len(vector) == 0 {
		return client
	}
	epoch, err := strconv.ParseInt(c.Query("epoch", "0"), 10, 64)
	if err == nil && epoch >= 0 {
		client.Has = &hub.Has{Epoch: epoch, Vector: vector}
	}
	return client
}

// tokenIn returns the token of a script: in the header that is made for it, or in the name of a subprotocol
// where a client can set no header. It does not stand in the address, which every proxy writes down.
func tokenIn(c *fiber.Ctx) (string, error) {
	const scheme = "Bearer "
	if c.Context().QueryArgs().Has("token") {
		return "", fault.Invalid("live.token_in_address")
	}
	if header := c.Get(fiber.HeaderAuthorization); len(header) > len(scheme) && strings.EqualFold(header[:len(scheme)], scheme) {
		return strings.TrimSpace(header[len(scheme):]), nil
	}
	asked := listed(c.Get(fiber.HeaderSecWebSocketProtocol))
	token := ""
	for _, name := range asked {
		if text, is := strings.CutPrefix(name, protocol.TokenPrefix); is {
			token = text
		}
	}
	// A client that asks for subprotocols and gets none hangs up without a word.
	if token != "" && !slices.ContainsFunc(subprotocols, func(ours string) bool { return slices.Contains(asked, ours) }) {
		return "", fault.Invalid("live.token_alone")
	}
	return token, nil
}

// listed returns the names in a header that lists some.
func listed(header string) []string {
	names := strings.Split(header, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

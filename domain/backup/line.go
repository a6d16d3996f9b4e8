package backup

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"samenwijk/domain/database"
)

// maxLine is how many bytes one row may take. The largest rows are snapshots: 64 MB of who wrote what, beside
// a document that is smaller, in base64.
const maxLine = 160 << 20

// stopping reads until ctx ends.
type stopping struct {
	ctx context.Context
	io.Reader
}

func (s stopping) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.Read(b)
}

// appendLine appends one row as a JSON array with a line end. Bytes are base64, and so is a text that
// is no UTF-8: it comes back as it was, within an array of its own.
func appendLine(b []byte, columns []database.Column, values []any) ([]byte, error) {
	if len(values) != len(columns) {
		return nil, fmt.Errorf("%d values for %d columns", len(values), len(columns))
	}
	b = append(b, '[')
	for i, value := range values {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := value.(type) {
		case nil:
			b = append(b, "null"...)
		case string:
			if !utf8.ValidString(v) {
				b = append(base64.StdEncoding.AppendEncode(append(b, `["`...), []byte(v)), `"]`...)
				break
			}
			text, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			b = append(b, text...)
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case bool:
			b = strconv.AppendBool(b, v)
		case time.Time:
			b = append(v.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
		case []byte:
			b = append(base64.StdEncoding.AppendEncode(append(b, '"'), v), '"')
		default:
			return nil, fmt.Errorf("%s is a %T", columns[i].Name, value)
		}
	}
	return append(b, ']', '\n'), nil
}

var errLong = fmt.Errorf("a line is longer than %d MB", maxLine>>20)

// appendNext appends the next line, which ends with \n as all do that were written, without that end. After
// the last one it is io.EOF.
func appendNext(b []byte, lines *bufio.Reader) ([]byte, error) {
	for {
		piece, err := lines.ReadSlice('\n')
		if b = append(b, piece...); len(b) > maxLine {
			return b, errLong
		}
		switch {
		case err == nil:
			return b[:len(b)-1], nil
		case errors.Is(err, io.EOF) && len(b) > 0:
			return b, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return b, err
		}
	}
}

var errLine = errors.New("a line is not as it was written")

// parseLine reads what appendLine wrote.
func parseLine(line []byte, columns []database.Column) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil || len(raw) != len(columns) {
		return nil, errLine
	}
	values := make([]any, len(columns))
	for i, c := range columns {
		var err error
		if bytes.Equal(raw[i], []byte("null")) {
			if !c.Nullable {
				return nil, errLine
			}
			continue
		}
		if values[i], err = parseValue(raw[i], c.Type); err != nil {
			return nil, errors.Join(errLine, err)
		}
	}
	return values, nil
}

func parseValue(raw json.RawMessage, kind database.Type) (any, error) {
	var text string
	switch kind {
	case database.Int:
		return strconv.ParseInt(string(raw), 10, 64)
	case database.Bool:
		switch string(raw) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errLine
	case database.Text:
		var odd []string
		if json.Unmarshal(raw, &odd) == nil && len(odd) == 1 {
			b, err := base64.StdEncoding.Strict().DecodeString(odd[0])
			return string(b), err
		}
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, err
	}
	switch kind {
	case database.Text:
		return text, nil
	case database.Time:
		t, err := time.Parse(time.RFC3339Nano, text)
		return t.UTC(), err
	case database.Bytes:
		return base64.StdEncoding.Strict().DecodeString(text)
	}
	return nil, errLine
}

package translate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/procpac/procpac/internal/erp"
)

// Fingerprint stands for the content of an entry: its type, origin id, code,
// fields, refs and children. The record's id in Procore and the words for people
// are not in it, nor is the order of fields and refs; the order of children is.
// Two entries with the same fingerprint would be sent alike. It is the same in
// every process and after every restart.
func Fingerprint(e erp.Entry) string {
	sum := sha256.Sum256(appendEntry(make([]byte, 0, 1024), e))
	return hex.EncodeToString(sum[:])
}

// appendEntry writes an entry so that no other content gives the same bytes:
// lists after their number, texts after their length.
func appendEntry(b []byte, e erp.Entry) []byte {
	b = appendTexts(b, string(e.Type), e.ItemType, e.Origin, e.Code, strconv.Itoa(len(e.Fields)))
	fields := slices.SortedFunc(slices.Values(e.Fields), func(a, b erp.EntryField) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Form, b.Form), cmp.Compare(a.Value, b.Value))
	})
	for _, f := range fields {
		b = appendTexts(b, f.Name, strconv.Itoa(int(f.Form)), f.Value)
	}
	b = appendTexts(b, strconv.Itoa(len(e.Refs)))
	refs := slices.SortedFunc(slices.Values(e.Refs), func(a, b erp.EntryRef) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Origin, b.Origin))
	})
	for _, ref := range refs {
		b = appendTexts(b, ref.Field, string(ref.Type), ref.Origin, strconv.FormatBool(ref.Must))
	}
	b = appendTexts(b, strconv.Itoa(len(e.Children)))
	for _, child := range e.Children {
		b = appendEntry(b, child)
	}
	return b
}

func appendTexts(b []byte, texts ...string) []byte {
	for _, text := range texts {
		b = append(strconv.AppendInt(b, int64(len(text)), 10), ':')
		b = append(b, text...)
	}
	return b
}

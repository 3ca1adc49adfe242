package protocol

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestInvitationSurvivesItsText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		i := Invitation{Address: rapid.SampledFrom([]string{"127.0.0.1:7430", "[::1]:1", "lab.example:65535"}).Draw(t, "address"), Token: NewToken(),
			Name: rapid.SampledFrom([]string{"", "Onset", "Reha Süd & Co =?#%", "実験室"}).Draw(t, "name")}
		copy(i.Pin[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "pin"))
		got, err := ParseInvitation(i.Text())
		if err != nil || got != i {
			t.Fatalf("%+v, %v", got, err)
		}
		if len(i.Text()) > 220 {
			t.Fatalf("the text has %d characters: the code would be too fine", len(i.Text()))
		}
	})
}

func TestDigitsDependOnEverything(t *testing.T) {
	t.Parallel()
	base := Comparison{ServerKey: Pin{1}, Request: []byte("r"), DeviceNonce: NewNonce(), ServerNonce: NewNonce()}
	if base.DeviceDigits() == base.ServerDigits() {
		t.Error("both sides show the same digits: one could be guessed from the other")
	}
	for name, change := range map[string]func(*Comparison){
		"server key":   func(c *Comparison) { c.ServerKey[31] ^= 1 },
		"request":      func(c *Comparison) { c.Request = []byte("s") },
		"device nonce": func(c *Comparison) { c.DeviceNonce = NewNonce() },
		"server nonce": func(c *Comparison) { c.ServerNonce = NewNonce() },
	} {
		other := base
		change(&other)
		if other.DeviceDigits() == base.DeviceDigits() || other.ServerDigits() == base.ServerDigits() {
			t.Errorf("the digits do not depend on the %s", name)
		}
	}
}

func TestWithdrawalCodesOfOnePersonHaveNothingInCommon(t *testing.T) {
	t.Parallel()
	p := NewSecret()
	a, err := WithdrawalCode(p, NewID())
	if err != nil {
		t.Fatal(err)
	}
	b, err := WithdrawalCode(p, NewID())
	if err != nil || a == b || strings.Contains(a+b, p) {
		t.Errorf("%q %q of %q, %v", a, b, p, err)
	}
}

func FuzzInvitation(f *testing.F) {
	f.Add(Invitation{Address: "127.0.0.1:7430", Token: NewToken(), Name: "n"}.Text())
	f.Add("onset://h:1/p?v=1&k=&t=")
	f.Fuzz(func(t *testing.T, text string) {
		i, err := ParseInvitation(text)
		if err != nil {
			return
		}
		if again, err := ParseInvitation(i.Text()); err != nil || again != i {
			t.Errorf("%q became %+v, then %+v, %v", text, i, again, err)
		}
	})
}

func FuzzDigest(f *testing.F) {
	f.Add(FormatDigest(sha256.Sum256(nil)))
	f.Add("sha-512=:x:, sha-256=:AAAA:")
	f.Fuzz(func(t *testing.T, text string) {
		if sum, err := ParseDigest(text); err == nil && !strings.Contains(text, FormatDigest(sum)) {
			t.Errorf("%q gave %x", text, sum)
		}
		_, _ = ParseBool(text)
		_, _, _ = SplitToken(text)
		_, _ = HashSecret(text)
		if CheckID(text) == nil && strings.ContainsAny(text, "/.\\") {
			t.Errorf("%q is an identifier", text)
		}
		if CheckChannel(text) == nil && (strings.Contains(text, "..") || strings.ContainsAny(text, "\\ ")) {
			t.Errorf("%q is a channel", text)
		}
	})
}

func FuzzMessages(f *testing.F) {
	for _, m := range []any{PairRequest{Name: "n"}, CompareReveal{Nonce: []byte{1}}, TicketsRequest{8}, Feedback{Channel: "a/b/c"}, Problem{Title: "t"}} {
		text, err := json.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(_ *testing.T, raw []byte) {
		for _, into := range []any{&PairRequest{}, &PairReply{}, &CompareRequest{}, &CompareReveal{}, &TicketsRequest{}, &TicketsReply{}, &Feedback{}} {
			_ = json.Unmarshal(raw, into)
			if fb, ok := into.(*Feedback); ok {
				_ = fb.Check()
			}
		}
		_ = ReadProblem(&http.Response{StatusCode: 400, Header: http.Header{"Content-Type": {ProblemType}}, Body: io.NopCloser(bytes.NewReader(raw))}).Error()
	})
}

package doctor

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// mostInfo bounds the answer to INFO.
const mostInfo = 1 << 20

// Redis looks at a Redis as claims need it. It is told to be a warning at most:
// whatever happens to it costs speed, never a document. password, if given, goes
// before the address's own.
func Redis(address, password string) Step {
	return Step{Topic: "redis", Look: func(ctx context.Context) ([]Line, bool) {
		info, err := redisInfo(ctx, address, password)
		if err != nil {
			return []Line{warn("Start it, or mend redis.url. Until then the journal alone keeps workers apart: slower at most.",
				"Redis cannot be used: %v.", err)}, true
		}
		return judgeRedis(info), true
	}}
}

// judgeRedis reads what INFO says of memory and persistence.
func judgeRedis(info map[string]string) []Line {
	var lines []Line
	if policy := info["maxmemory_policy"]; policy != "" && policy != "noeviction" {
		lines = append(lines, warn(`Set "maxmemory-policy noeviction" there: slower at most until then.`,
			"Redis evicts keys when its memory is full (maxmemory-policy %s): a claim may vanish while it is needed.", policy))
	}
	if info["aof_enabled"] == "0" {
		lines = append(lines, warn(`Set "appendonly yes" there: slower at most until then.`,
			"Redis keeps nothing over a restart (appendonly no): all claims are forgotten then."))
	}
	if len(lines) == 0 {
		lines = []Line{fine("Redis answers, evicts nothing and keeps its keys over a restart.")}
	}
	return lines
}

// redisInfo asks for INFO over a connection of its own. No error holds the
// address or the password.
func redisInfo(ctx context.Context, address, password string) (map[string]string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, errors.New("redis.url cannot be read: it must look like redis://host:6379/0")
	}
	c, err := dialRedis(ctx, u)
	if err != nil {
		return nil, fmt.Errorf("%s does not answer: %s", u.Host, bare(err))
	}
	defer c.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	return askRedis(c, u, password)
}

func dialRedis(ctx context.Context, u *url.URL) (net.Conn, error) {
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "6379")
	}
	if u.Scheme == "rediss" {
		d := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}}
		return d.DialContext(ctx, "tcp", host)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", host)
}

// askRedis signs in, where there is something to sign in with, and asks.
func askRedis(c net.Conn, u *url.URL, password string) (map[string]string, error) {
	own, _ := u.User.Password()
	if password == "" {
		password = own
	}
	answers := bufio.NewReader(c)
	if password != "" {
		words := []string{"AUTH", password}
		if name := u.User.Username(); name != "" {
			words = []string{"AUTH", name, password}
		}
		if _, err := command(c, answers, words...); err != nil {
			return nil, fmt.Errorf("%s does not take the password: %w", u.Host, err)
		}
	}
	text, err := command(c, answers, "INFO")
	if err != nil {
		return nil, fmt.Errorf("%s does not answer INFO: %w", u.Host, err)
	}
	return pairs(text), nil
}

// command sends one command and reads one answer of a line or a block.
func command(w io.Writer, r *bufio.Reader, words ...string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return "", errors.New(bare(err))
	}
	line, err := r.ReadString('\n')
	if err != nil {
		return "", errors.New(bare(err))
	}
	line = strings.TrimRight(line, "\r\n")
	switch {
	case strings.HasPrefix(line, "-"):
		code, _, _ := strings.Cut(line[1:], " ") // the rest may repeat what was sent
		return "", errors.New(code)
	case strings.HasPrefix(line, "$"):
		return block(r, line[1:])
	}
	return line, nil
}

// block reads the body of a block answer.
func block(r *bufio.Reader, length string) (string, error) {
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > mostInfo {
		return "", errors.New("what answers there is no Redis")
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return "", errors.New(bare(err))
	}
	return string(body), nil
}

// pairs reads lines of name:value.
func pairs(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok {
			all[name] = value
		}
	}
	return all
}

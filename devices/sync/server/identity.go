package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"onset/devices/sync/protocol"
)

const (
	keyFile         = "server.key.pem"
	certificateFile = "server.crt.pem"
	// certificateLife is of the server's and of devices' certificates. They are
	// trusted by pin and by the list of devices, not by their dates.
	certificateLife = 20 * 365 * 24 * time.Hour
)

// Identity is the server's key and certificate, which also signs devices'.
type Identity struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// NewIdentity makes a key and a self-signed certificate in dir.
func NewIdentity(dir string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("making the server's key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Onset sync server"}, DNSNames: []string{"onset-sync"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(certificateLife),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("making the server's certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("making the server's key: %w", err)
	}
	err = os.WriteFile(filepath.Join(dir, keyFile), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, certificateFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	}
	if err != nil {
		return fmt.Errorf("writing the server's key: %w", err)
	}
	return nil
}

// LoadIdentity reads what NewIdentity wrote.
func LoadIdentity(dir string) (*Identity, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, certificateFile), filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("reading the server's key: %w", err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("reading the server's key: it is of another kind")
	}
	return &Identity{key, pair.Leaf}, nil
}

// Pin is what devices know the server by.
func (i *Identity) Pin() protocol.Pin { return protocol.PinOf(i.cert) }

func (i *Identity) certificate() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{i.cert.Raw}, PrivateKey: i.key, Leaf: i.cert}
}

// parseRequest reads a device's certificate request and proves that the device
// holds its key.
func parseRequest(der []byte) (*x509.CertificateRequest, protocol.Pin, error) {
	r, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, protocol.Pin{}, fmt.Errorf("the certificate request is damaged: %w", err)
	}
	key, ok := r.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, protocol.Pin{}, errors.New("the certificate request is not of a P-256 key")
	}
	if err := r.CheckSignature(); err != nil {
		return nil, protocol.Pin{}, fmt.Errorf("the certificate request is not signed by its own key: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, protocol.Pin{}, err
	}
	return r, protocol.PinOf(&x509.Certificate{RawSubjectPublicKeyInfo: spki}), nil
}

// sign gives a device its certificate. Of the request only the key counts.
func (i *Identity) sign(r *x509.CertificateRequest, device string, now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: device},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(certificateLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, i.cert, r.PublicKey, i.key)
	if err != nil {
		return nil, fmt.Errorf("signing the device's certificate: %w", err)
	}
	return der, nil
}

func serial() *big.Int {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)) // never fails
	return n
}

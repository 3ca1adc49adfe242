// Package codec turns the files that recording devices and apps write into
// sessions of a study.
//
// Import walks files and folders, tells formats by what the files hold and not
// by what they are called, groups files into sessions, and brings in each
// session whole or refuses it whole with a reason that names the file and the
// row or byte. Decoders stream: memory stays bounded whatever a file's length.
// Nothing is resampled, interpolated or guessed; what a decoder dropped, placed
// by its own judgement or could not read becomes a finding on the recording.
package codec

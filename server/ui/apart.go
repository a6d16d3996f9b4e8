package ui

import "strconv"

// Apart returns what is said with each of these names so that no two things in a list are called the same: nothing
// where a name is there once, otherwise as many of more as it takes, and in the end a number. Each of more has as many
// texts as there are names.
func Apart(names []string, more ...[]string) []string {
	said := make([]string, len(names))
	for _, texts := range more {
		for i, alike := range alike(names, said) {
			if alike && texts[i] != "" {
				said[i] = joined(said[i], texts[i])
			}
		}
	}
	count := map[string]int{}
	for i, alike := range alike(names, said) {
		if alike {
			called := joined(names[i], said[i])
			count[called]++
			said[i] = joined(said[i], strconv.Itoa(count[called]))
		}
	}
	return said
}

// alike tells which names are there more than once, with what is said with them.
func alike(names, said []string) []bool {
	count := map[string]int{}
	for i, name := range names {
		count[joined(name, said[i])]++
	}
	found := make([]bool, len(names))
	for i, name := range names {
		found[i] = count[joined(name, said[i])] > 1
	}
	return found
}

func joined(name, more string) string {
	if name == "" || more == "" {
		return name + more
	}
	return name + ", " + more
}

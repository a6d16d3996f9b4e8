package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
)

// seeder puts one context's part of the demonstration in place, through its services. It runs at
// each start of a demonstration: what is there already stays as it is.
type seeder func(ctx context.Context) error

// asChanged is err, unless it says that what a seeder makes is there already and somebody changed it since.
func asChanged(err error) error {
	if fault.IsSentBefore(err) {
		return nil
	}
	return err
}

// seed runs every seeder in the order in which the rooms were wired. The rooms of live documents run
// meanwhile, and the queue does not.
func (p *program) seed(ctx context.Context) error {
	for i, plant := range p.seeders {
		err := plant(ctx)
		if fault.Is(err, fault.KindForbidden, "workgroup.archived") {
			continue // in a group that somebody closed nothing is planted
		}
		if err != nil {
			return fmt.Errorf("demonstration, part %d: %w", i+1, err)
		}
	}
	return nil
}

// The invented people of the demonstration. They are named after what they are; what they may do in
// a workgroup is for its seeder to say.
const (
	demoCoordinator  = "coordinator@voorbeeld.test"
	demoLecturer     = "docent@voorbeeld.test"
	demoStudent      = "student@voorbeeld.test"
	demoEntrepreneur = "ondernemer@voorbeeld.test"
	demoResident     = "bewoner@voorbeeld.test"
	demoAreaPartner  = "gebiedspartner@voorbeeld.test"
	demoAdmin        = "beheerder@voorbeeld.test"
)

func (p *program) seedPeople(ctx context.Context) error {
	for _, person := range []struct {
		email, name string
		roles       []access.Role
	}{
		{demoCoordinator, "Coördinator", []access.Role{access.Coordinator}},
		{demoLecturer, "Docent-onderzoeker", []access.Role{access.Lecturer}},
		{demoStudent, "Student", nil},
		{demoEntrepreneur, "Sociaal ondernemer", nil},
		{demoResident, "Bewoner", nil},
		{demoAreaPartner, "Gebiedspartner", nil},
		{demoAdmin, "Beheerder", []access.Role{access.Admin}},
	} {
		if _, err := p.accounts.EnsureRoles(ctx, person.email, person.name, person.roles...); err != nil {
			return err
		}
	}
	return nil
}

type seedCommand struct{}

func (seedCommand) Run(ctx context.Context, config Config, log *slog.Logger) (err error) {
	p, err := newProgram(ctx, config, true, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	return p.seedAlone(ctx)
}

// seedAlone is seed for when nothing else runs: the rooms store what people write.
func (p *program) seedAlone(ctx context.Context) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	rooms := make(chan error, 1)
	go func() { rooms <- p.collab.Run(running) }()
	err := p.seed(ctx)
	stop()
	return errors.Join(err, <-rooms)
}

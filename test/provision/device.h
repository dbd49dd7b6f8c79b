/* SPDX-License-Identifier: Apache-2.0
 *
 * The device and its application: boots, steps, gives the commands that it wants, and loses power wherever something says so.
 * It must never know what goes wrong, nor what should come of it.
 */
#ifndef TEST_PROVISION_DEVICE_H
#define TEST_PROVISION_DEVICE_H

#include "world.h"

enum { ENDLESS = 1000 }; /* device_run(): a bound was passed */

/* Until it is well and has what it wants, or only a person can help, or it failed often: the last result of a step. */
int device_run(void);

/* Boots, without a step. */
void device_power_on(void);

/* As it leaves the factory. */
void device_new(void);

enum kratos_provision_state device_state(void);

/* A credential of the device opens a stored hash. */
bool device_opens(const char *hash);

/* "<owner>.g<generation>.", without the tag, or "<owner>.retired", as the server should have it. */
void device_name(char name[40], bool retired);

#endif

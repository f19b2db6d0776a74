// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The classes that are printed in docs/spring-boot.md. */
@NullMarked
package com.example;

import org.jspecify.annotations.NullMarked;

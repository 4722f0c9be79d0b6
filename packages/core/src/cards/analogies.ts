/** A picture of the difference between parameters and hyperparameters. */
export interface Analogy {
  readonly title: string;
  /** What stands for the parameters and for the hyperparameters. */
  readonly parameters: string;
  readonly hyperparameters: string;
  readonly text: string;
}

/** The two pictures: a house and a cake. */
export const analogies: readonly Analogy[] = [
  {
    title: 'Building a house',
    parameters: 'bricks, wood and cement',
    hyperparameters: 'the blueprint: number of rooms, layout, design',
    text:
      'The architect draws the blueprint before the first stone is laid; the builders then put brick on brick, wood and ' +
      'cement where they are needed. Training is the building: it places the material but never redraws the plan. A house ' +
      'with too few rooms stays too small, however well its walls are laid.',
  },
  {
    title: 'Baking a cake',
    parameters: 'what becomes of the dough in the oven',
    hyperparameters: 'the recipe: oven temperature, baking time, quantities',
    text:
      'Oven temperature, baking time and the quantities of the ingredients are set before the oven door closes; what ' +
      'happens inside follows from them. Too hot burns the cake, too short leaves it raw. Tuning is baking again with ' +
      'another recipe until the cake, the model, is the best one can get.',
  },
];
